import { Framer } from '../../src/wire/framer.ts';
import { encodeKeepalive, encodeMessage, MESSAGE, writeHeader } from '../../src/wire/message.ts';
import type { Notification } from '../../src/wire/notification.ts';
import { LOCAL_PREF, MANDATORY, MP_REACH, PREFIX, toHex, update } from './build.ts';

class Sink {
  readonly frames: { hex: string; type: number; inPlace: boolean }[] = [];
  error: Notification | null = null;
  input: Uint8Array = new Uint8Array(0);
  takes = Number.POSITIVE_INFINITY;
  isHurried = false;
  looks = 0;

  onFrame(bytes: Uint8Array, start: number, end: number, type: number): boolean {
    this.frames.push({ hex: toHex(bytes.subarray(start, end)), type, inPlace: bytes === this.input });
    return this.frames.length < this.takes;
  }

  isTimeUp(): boolean {
    this.looks++;
    return this.isHurried;
  }

  onFramingError(error: Notification): void {
    expect(this.error).toBeNull();
    this.error = error;
  }
}

function push(framer: Framer, sink: Sink, bytes: Uint8Array): void {
  sink.input = bytes;
  framer.push(bytes, 0, bytes.length, sink);
}

const MESSAGES = [
  encodeKeepalive(),
  update({ attributes: MANDATORY, nlri: PREFIX }),
  encodeMessage(MESSAGE.routeRefresh, Uint8Array.of(0, 1, 0, 1)),
  update({ attributes: [...MANDATORY.slice(0, 2), LOCAL_PREF, MP_REACH] }),
  encodeMessage(MESSAGE.notification, Uint8Array.of(6, 2)),
  encodeKeepalive(),
];
const STREAM = Uint8Array.from(MESSAGES.flatMap((message) => [...message]));
const EXPECTED = MESSAGES.map(toHex);

/** A header with a length that need not be true, and nothing behind it. */
function header(length: number, type: number): Uint8Array {
  const bytes = new Uint8Array(19);
  writeHeader(bytes, 0, length, type);
  return bytes;
}

describe('Framer', () => {
  test('hands out messages that lie whole in the input in place', () => {
    const sink = new Sink();
    push(new Framer(), sink, STREAM);
    expect(sink.frames.map((frame) => frame.hex)).toEqual(EXPECTED);
    expect(sink.frames.every((frame) => frame.inPlace)).toBe(true);
    expect(sink.frames.map((frame) => frame.type)).toEqual(MESSAGES.map((message) => message[18]));
  });

  test('reads only the given part of the input', () => {
    const sink = new Sink();
    const buffer = new Uint8Array(STREAM.length + 100).fill(0xab);
    buffer.set(STREAM);
    new Framer().push(buffer, 0, STREAM.length, sink);
    expect(sink.frames.map((frame) => frame.hex)).toEqual(EXPECTED);
    expect(sink.error).toBeNull();
  });

  test('puts messages together that were split at any byte', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const sink = new Sink();
      const framer = new Framer();
      push(framer, sink, STREAM.slice(0, cut));
      push(framer, sink, STREAM.slice(cut));
      expect(sink.frames.map((frame) => frame.hex)).toEqual(EXPECTED);
    }
  });

  test('puts messages together that come byte by byte', () => {
    const sink = new Sink();
    const framer = new Framer();
    for (const byte of STREAM) push(framer, sink, Uint8Array.of(byte));
    expect(sink.frames.map((frame) => frame.hex)).toEqual(EXPECTED);
  });

  test('does not depend on the buffer of an earlier input', () => {
    const sink = new Sink();
    const framer = new Framer();
    const shared = new Uint8Array(4096);
    for (let at = 0; at < STREAM.length; at += 7) {
      const piece = STREAM.subarray(at, at + 7);
      shared.fill(0);
      shared.set(piece);
      framer.push(shared, 0, piece.length, sink);
    }
    expect(sink.frames.map((frame) => frame.hex)).toEqual(EXPECTED);
  });

  test('reads no further once the sink has had enough', () => {
    for (const cut of [0, 5, 30, STREAM.length]) {
      const sink = new Sink();
      sink.takes = 2;
      const framer = new Framer();
      push(framer, sink, STREAM.slice(0, cut));
      push(framer, sink, STREAM.slice(cut));
      push(framer, sink, STREAM);
      expect(sink.frames).toHaveLength(2);
    }
  });

  /** [what, bytes, octet that makes it an error, notification] */
  const faults: [string, Uint8Array, number, string][] = [
    ['a marker that is not all ones', header(19, 4).fill(0xfe, 0, 1), 1, '1/1 '],
    ['a marker whose last octet is wrong', header(19, 4).fill(0, 15, 16), 16, '1/1 '],
    ['a length below 19', header(18, 4), 18, '1/2 0012'],
    ['a length of 0', header(0, 2), 18, '1/2 0000'],
    ['a length above 4096', header(4097, 2), 18, '1/2 1001'],
    ['an OPEN below 29', header(28, 1), 19, '1/2 001c'],
    ['an UPDATE below 23', header(22, 2), 19, '1/2 0016'],
    ['a NOTIFICATION below 21', header(20, 3), 19, '1/2 0014'],
    ['a KEEPALIVE with a body', header(20, 4), 19, '1/2 0014'],
    ['a ROUTE-REFRESH below 23', header(22, 5), 19, '1/2 0016'],
    ['type 0', header(19, 0), 19, '1/3 00'],
    ['type 6', header(19, 6), 19, '1/3 06'],
    ['type 255', header(23, 255), 19, '1/3 ff'],
  ];

  test.each(faults)('answers %s with the octet that makes it one', (_what, bytes, octet, expected) => {
    for (const before of [new Uint8Array(0), encodeKeepalive()]) {
      const early = new Sink();
      const whole = Uint8Array.from([...before, ...bytes.slice(0, octet)]);
      push(new Framer(), early, whole.slice(0, -1));
      expect(early.error).toBeNull();
      for (let cut = 0; cut <= whole.length; cut++) {
        const sink = new Sink();
        const framer = new Framer();
        push(framer, sink, whole.slice(0, cut));
        push(framer, sink, whole.slice(cut));
        expect(sink.frames).toHaveLength(before.length === 0 ? 0 : 1);
        const { code, subcode, data } = sink.error as Notification;
        expect(`${code}/${subcode} ${toHex(data)}`).toBe(expected);
        push(framer, sink, STREAM);
        expect(sink.frames).toHaveLength(before.length === 0 ? 0 : 1);
      }
    }
  });

  test('takes a ROUTE-REFRESH that carries an ORF', () => {
    const sink = new Sink();
    push(new Framer(), sink, encodeMessage(MESSAGE.routeRefresh, new Uint8Array(40)));
    expect(sink.frames).toHaveLength(1);
  });

  test('takes messages of 65,535 octets where they are agreed on, but no such OPEN or KEEPALIVE', () => {
    const long = encodeMessage(MESSAGE.update, new Uint8Array(65_535 - 19));
    for (const cut of [1, 18, 19, 20, 4096, 65_534]) {
      const sink = new Sink();
      const framer = new Framer();
      framer.maxLength = 65_535;
      push(framer, sink, long.slice(0, cut));
      push(framer, sink, long.slice(cut));
      expect(sink.frames.map((frame) => frame.hex.length)).toEqual([2 * 65_535]);
    }
    for (const type of [MESSAGE.open, MESSAGE.keepalive]) {
      const sink = new Sink();
      const framer = new Framer();
      framer.maxLength = 65_535;
      push(framer, sink, header(4097, type));
      expect(sink.error).toMatchObject({ code: 1, subcode: 2, data: Uint8Array.of(0x10, 0x01) });
    }
  });

  test('holds no buffer between messages, and one of the size of the message within', () => {
    const framer = new Framer() as unknown as { piece: Uint8Array | null; push: Framer['push'] };
    const sink = new Sink();
    const message = update({ attributes: MANDATORY, nlri: PREFIX });
    framer.push(message, 0, 40, sink);
    expect(framer.piece?.length).toBe(message.length);
    framer.push(message.slice(40), 0, message.length - 40, sink);
    expect(framer.piece).toBeNull();
    expect(sink.frames).toHaveLength(1);
  });

  test('stops between two messages when it is the turn of others, and continues there', () => {
    const sink = new Sink();
    const framer = new Framer();
    const many = Uint8Array.from({ length: 4000 * 19 }, (_, i) => encodeKeepalive()[i % 19]);
    sink.input = many;
    sink.isHurried = true;
    let at = 0;
    let turns = 0;
    for (; at < many.length; turns++) {
      const stop = framer.push(many, at, many.length, sink);
      expect(stop - at).toBeLessThan(4096 + 19);
      expect(stop % 19).toBe(0);
      at = stop;
    }
    expect(sink.frames.length).toBe(4000);
    expect(turns).toBe(Math.ceil((4000 * 19) / (216 * 19)));
    expect(sink.looks).toBeLessThanOrEqual(turns);
  });
});
