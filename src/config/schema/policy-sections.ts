/** The sections of policies. Their contents are read by `config/policy`, which also names the place of each error. */
import { z } from 'zod';
import { text } from '../values/values.ts';

export const POLICY_SECTIONS = {
  sets: z
    .record(
      z.string(),
      z.unknown().meta({
        title: 'sets',
        description: 'Sets of one kind, by name.',
        examples: [{ pods: ['172.16.0.0/16 ge 24 le 28'] }],
      }),
    )
    .optional()
    .meta({
      title: 'section of sets',
      expects: 'a mapping with `prefixes`, `as-numbers`, `communities` and `next-hops`',
      description: 'Sets of prefixes, AS numbers, communities and next hops that policies name.',
      examples: [{ prefixes: { pods: ['172.16.0.0/16 ge 24 le 28'] }, communities: { informational: ['64512:*'] } }],
      reload: 'soft',
    }),
  policies: z
    .record(
      z.string(),
      z.unknown().meta({
        title: 'policy',
        description: 'A policy: its rules in their order, and what happens to other routes.',
        examples: [{ rules: [{ name: 'pods', if: { prefix: 'pods' }, then: 'accept' }], default: 'reject' }],
      }),
    )
    .optional()
    .meta({
      title: 'section of policies',
      expects: 'a mapping of names to policies, each with `rules` and `default`',
      description: 'Import and export policies by name, which `import` and `export` of groups and peers list.',
      details: ['The language is described in docs/POLICY.md.'],
      examples: [{ nodes: { rules: [{ name: 'pods', if: { prefix: 'pods' }, then: 'accept' }], default: 'reject' } }],
      reload: 'soft',
    }),
  tests: z
    .array(
      z.unknown().meta({
        title: 'test',
        description: 'A test: a route, whose chain it goes through, and the expected result.',
        examples: [{ policy: 'nodes', route: { prefix: '172.16.3.0/26' }, expect: { 'accepted-by': 'pods' } }],
      }),
    )
    .prefault([])
    .meta({
      title: 'list of tests',
      expects: 'a list of mappings with `policy`, `group` or `peer`, `route` and `expect`',
      description: 'Tests of the policies, which `reflectord check`, a start and a reload run.',
      details: ['A file with a failing test is not used. See docs/POLICY.md.'],
      defaultWords: 'none',
      examples: [[{ policy: 'nodes', route: { prefix: '172.16.3.0/26' }, expect: { 'accepted-by': 'pods' } }]],
      reload: 'live',
    }),
  guard: z
    .strictObject({
      'golden-prefixes': z
        .array(
          text((value) => value.length <= 64).meta({
            title: 'set of prefixes',
            expects: 'a prefix such as `10.0.0.0/8 or-longer`, or the name of a set of prefixes',
            examples: ['10.0.0.0/8'],
          }),
        )
        .optional()
        .meta({
          title: 'list of prefixes',
          expects: 'a list of prefixes and names of sets',
          description:
            'Prefixes that a reload must not lose: none of them may be withdrawn from a group, or have no usable path any more.',
          examples: [['0.0.0.0/0', '10.96.0.0/12']],
          reload: 'live',
        }),
      'withdraw-at-most': text((value) => percentOf(value) !== null)
        .optional()
        .meta({
          title: 'percentage',
          expects: 'a percentage from 0 % to 100 %, such as `20 %`',
          description: 'Maximum part of the routes of a group, in one family, that a reload may withdraw.',
          defaultWords: 'no limit',
          examples: ['20 %'],
          reload: 'live',
        }),
    })
    .optional()
    .meta({
      title: 'guard',
      expects: 'a mapping with `golden-prefixes` and `withdraw-at-most`',
      description: 'Changes that a reload refuses, unless it is forced: those that withdraw too much.',
      details: ['The guard in force decides about a reload; without one, that of the new file. See docs/POLICY.md.'],
      defaultWords: 'none',
      examples: [{ 'golden-prefixes': ['0.0.0.0/0'], 'withdraw-at-most': '20 %' }],
      reload: 'live',
    }),
};

/** A percentage as a number; null: it is none. */
export function percentOf(text: string): number | null {
  const number = /^(\d{1,3}(?:\.\d+)?) ?%$/.exec(text)?.[1];
  return number === undefined || Number(number) > 100 ? null : Number(number);
}
