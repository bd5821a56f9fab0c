/** Settings of a peer or a group: who the peer is, and what the policies make of its routes. */
import { asRule } from '../values/as-numbers.ts';
import { clusterId, description, flag, labels, oneOf, policyChain } from '../values/values.ts';
import { setting } from './setting.ts';

const ROLES = ['provider', 'rs', 'rs-client', 'customer', 'peer'] as const;

export const IDENTITY = {
  as: setting(asRule, null, {
    topic: 'identity',
    description: 'AS number of the peer.',
    details: [
      '- A number, or a list of numbers: the peer must send one of them in its OPEN.',
      '- `internal`: the AS number of this router (iBGP).',
      '- `external`: any other AS number (eBGP). In a confederation: any AS number outside it.',
      'The number of another member AS makes it a confederation peer ([`router.confederation`](#routerconfederation)).',
      'Required, in the peer or in its group.',
    ],
    defaultWords: 'required',
    examples: [64512, '1.10', [65001, 65002], 'internal', 'external'],
    reload: 'reset',
  }),
  'bgp-role': setting(oneOf('role', ROLES), null, {
    topic: 'identity',
    description: 'Role of this router toward an eBGP peer (RFC 9234).',
    details: [
      '- `provider`, `customer` or `peer`.',
      '- `rs`: this router is a route server; `rs-client`: the peer is one.',
      'The OPEN carries the role; a peer whose role does not match is rejected.',
      'Routes are marked with ONLY_TO_CUSTOMER, so that route leaks are detected.',
    ],
    defaultWords: 'none',
    examples: ['peer', 'customer'],
    reload: 'reset',
  }),
  'bgp-role-strict': setting(flag, false, {
    topic: 'identity',
    description: 'Rejects a peer that does not send its role (RFC 9234 section 4.2).',
    details: ['Needs `bgp-role`.'],
    examples: [true],
    reload: 'reset',
  }),
  import: setting(policyChain, null, {
    topic: 'identity',
    description: 'Policies for routes from the peer: `accept`, `reject`, or the names of `policies`, in their order.',
    details: [
      'The first rule that accepts or rejects a route ends the chain; its last policy must decide. See docs/POLICY.md.',
      'An eBGP peer needs an explicit policy (RFC 8212); iBGP and confederation peers do not.',
    ],
    defaultWords: '`accept`, eBGP: `reject`',
    examples: ['accept', ['hygiene', 'customer-in', 'accept']],
    reload: 'soft',
  }),
  export: setting(policyChain, null, {
    topic: 'identity',
    description: 'Policies for routes that are advertised to the peer, as for `import`.',
    details: ['An eBGP peer needs an explicit policy (RFC 8212); iBGP and confederation peers do not.'],
    defaultWords: '`accept`, eBGP: `reject`',
    examples: ['accept', ['to-switches']],
    reload: 'soft',
  }),
  labels: setting(
    labels,
    {},
    {
      topic: 'identity',
      description: 'Labels that policies compare with `from` and `to`.',
      details: ['`peer`, `group`, `role`, `client` and `session` are not labels: policies know them anyway.'],
      examples: [{ region: 'eu' }],
      reload: 'soft',
    },
  ),
  'keep-rejected': setting(flag, true, {
    topic: 'identity',
    description:
      'Keeps routes that the import policy rejects, so that they are shown and a reload needs no route refresh.',
    details: ['`max-prefix` with `of: received` limits their number. `false` drops them.'],
    examples: [false],
    reload: 'soft',
  }),
  description: setting(description, '', {
    topic: 'identity',
    description: 'Free text that is shown with the peer.',
    details: ['Commands accept it as the name of the peer if it is unique.'],
    examples: ['leaf 1'],
    reload: 'live',
  }),
  shutdown: setting(flag, false, {
    topic: 'identity',
    description: 'Keeps the peer administratively down.',
    details: ['The peer stays configured; its connections are refused.'],
    examples: [true],
    reload: 'reset',
  }),
  'route-reflector-client': setting(flag, false, {
    topic: 'reflection',
    description: 'Makes the peer a client of this route reflector (RFC 4456).',
    details: [
      'Routes learned from a client are reflected to all other peers, and routes learned from all peers to the client.',
      'Only for peers inside the AS.',
    ],
    examples: [true],
    reload: 'soft',
  }),
  'cluster-id': setting(clusterId, null, {
    topic: 'reflection',
    description: 'Cluster ID for these clients (RFC 4456 section 7).',
    details: [
      'It is added to the CLUSTER_LIST of reflected routes; a received route that already has it is a loop.',
      'Reflectors that serve the same clients may share a cluster ID.',
    ],
    defaultWords: '`router.cluster-id`',
    examples: ['10.99.0.1'],
    reload: 'soft',
  }),
  'client-to-client': setting(flag, true, {
    topic: 'reflection',
    description: 'Reflects routes from one client to the other clients.',
    details: ['Use `false` if the clients are fully meshed among themselves (RFC 4456 section 6).'],
    examples: [false],
    reload: 'soft',
  }),
} as const;
