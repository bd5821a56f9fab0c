/** What is written to `ip` and read from it, without running it. */
import fc from 'fast-check';
import { JsonObjects } from '../../src/io/iproute2/ip/json-objects.ts';
import { renderChange, toKernelRoute } from '../../src/io/iproute2/ip/routes.ts';

const HOME = { table: 254, protocol: 186, metric: 20 };

test('changes are written with table, protocol and metric, so that only routes of ours are met', () => {
  const to = { kind: 'via', via: { gateway: '192.0.2.1', device: null } } as const;
  const set = { kind: 'set', prefix: '10.0.0.0/8', to, owned: false } as const;
  expect(renderChange(set, HOME, 'add')).toBe('route add 10.0.0.0/8 table 254 proto 186 metric 20 via 192.0.2.1');
  expect(renderChange({ kind: 'delete', prefix: '10.0.0.0/8', metric: null }, HOME, 'add')).toBe(
    'route delete 10.0.0.0/8 table 254 proto 186 metric 20',
  );
  expect(renderChange({ kind: 'delete', prefix: '::/0', metric: 7 }, HOME, 'add')).toBe(
    'route delete ::/0 table 254 proto 186 metric 7',
  );
});

test('a next hop of the other family and a link-local one are written as ip wants them', () => {
  const set = (prefix: string, gateway: string, device: string | null) =>
    renderChange(
      { kind: 'set', prefix, to: { kind: 'via', via: { gateway, device } }, owned: true },
      { ...HOME, metric: 0 },
      'replace',
    );
  expect(set('10.0.0.0/8', 'fe80::1', 'eth1')).toBe(
    'route replace 10.0.0.0/8 table 254 proto 186 via inet6 fe80::1 dev eth1',
  );
  expect(set('2001:db8::/32', 'fe80::1', 'eth1')).toBe(
    'route replace 2001:db8::/32 table 254 proto 186 via fe80::1 dev eth1',
  );
});

test('routes are read with their next hop as the rib names it', () => {
  const read = (row: object, flag = '-4') => toKernelRoute({ type: '1', dst: 'default', ...row }, flag, HOME);
  expect(read({ dst: '10.1.0.0/16', gateway: '192.0.2.1', dev: 'v0', metric: 20 })).toEqual({
    address: Uint8Array.of(10, 1, 0, 0),
    length: 16,
    metric: 20,
    to: { kind: 'via', via: { gateway: '192.0.2.1', device: 'v0' } },
    gateway: '192.0.2.1',
  });
  expect(read({ gateway: '192.0.2.1' })).toMatchObject({ length: 0, metric: 0 });
  expect(read({ dst: '10.1.2.3', gateway: '192.0.2.1' })).toMatchObject({ length: 32 });
  expect(read({ dst: '2001:db8::1', gateway: 'fe80::9', dev: 'v0' }, '-6')).toMatchObject({
    length: 128,
    to: { kind: 'via', via: { gateway: 'fe80::9', device: 'v0' } },
  });
  expect(read({ via: { family: 'inet6', host: 'fe80::9' }, dev: 'v1' })).toMatchObject({
    to: { kind: 'via', via: { gateway: 'fe80::9', device: 'v1' } },
  });
  expect(read({ nhid: 7, gateway: 'fe80::9' })).toMatchObject({ to: { kind: 'object', id: 7 }, gateway: 'fe80::9' });
  expect(read({ type: '6' })).toMatchObject({ to: { kind: 'discard', how: 'blackhole' } });
  expect(read({ type: '7', dev: 'lo' })).toMatchObject({ to: { kind: 'discard', how: 'unreachable' } });
  expect(read({ type: '8' })).toMatchObject({ to: null });
  expect(read({ nexthops: [{}, {}] })).toMatchObject({ to: null });
});

test('the metric that the kernel gives IPv6 routes without one counts as ours', () => {
  const home = { ...HOME, metric: 0 };
  expect(toKernelRoute({ type: '1', dst: 'default', metric: 1024 }, '-6', home)).toMatchObject({ metric: 0 });
  expect(toKernelRoute({ type: '1', dst: 'default', metric: 1024 }, '-4', home)).toMatchObject({ metric: 1024 });
});

test('objects come out of the printed array whole, wherever the pieces are cut', () => {
  const value = fc.array(
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant({ a: ['}', '{"'] }))),
  );
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 9 }), (objects, size) => {
      const seen: unknown[] = [];
      const reader = new JsonObjects((object) => seen.push(object));
      const text = JSON.stringify(objects);
      for (let i = 0; i < text.length; i += size) reader.push(text.slice(i, i + size));
      expect(seen).toEqual(JSON.parse(text));
    }),
  );
});
