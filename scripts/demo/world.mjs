// The small world of the demo: who is there, what they share, what waits. Data only; seed.mjs makes it.

/** Everybody has a token; `admin` is an administrator. */
export const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'admin'];

/** What a new group is made of. A grant's path lies in the lake's bucket. */
export const GROUPS = [
  {
    name: 'KBase',
    display_name: 'KBase Knowledgebase',
    description: 'Everybody who works on KBase',
    owners: ['alice'],
    members: ['bob'],
  },
  {
    name: 'CDM_Science',
    display_name: 'CDM Science',
    website: 'https://cdm-science.example.org/',
    joinable: true,
    description: 'Samples and measurements of the science team',
    owners: ['dave'],
    readers: ['carol'],
    grants: [{ folder: 'cdm-science/', permission: 'write' }],
  },
];

/** `days`: when the share ends; none: never. Objects are keys below the path. */
export const SHARES = [
  {
    owner: 'alice',
    folder: 'reports/',
    with: { kind: 'group', name: 'KBase' },
    reason: 'Weekly reports for the team',
    objects: {
      '2026-w47.csv': 'sample,reads,quality\nS1,120450,34.1\nS2,98233,33.7\n',
      '2026-w48.csv': 'sample,reads,quality\nS3,143002,35.0\nS4,87410,32.9\n',
    },
  },
  {
    owner: 'alice',
    folder: 'notes/',
    with: { kind: 'user', name: 'bob' },
    reason: 'Please read before the review',
    days: 30,
    objects: { 'review.md': '# Review\n\n* Are S2 and S4 worth another run?\n' },
  },
];

/** What a request is about is there before somebody asks for it. */
export const REQUEST = {
  requester: 'bob',
  group: 'CDM_Science',
  role: 'reader',
  reason: 'I compare the samples with my reads',
  writer: 'dave',
  folder: 'cdm-science/',
  objects: { 'samples.csv': 'sample,site,taken\nS1,Hanford,2026-03-04\nS2,Hanford,2026-03-11\n' },
};

export const ROLE = {
  name: 'analyst',
  description: 'Reads the reference data and works with KBase',
  entitlements: [
    { type: 'group', group: 'KBase' },
    { type: 'path', folder: 'reference/', permission: 'read' },
  ],
};

export const PRODUCT = { id: 'sales', namespace: 'sales' };
