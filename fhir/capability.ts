import type { Hms } from '../core/hms.ts';
import { searchDefinition, storableTypes } from './definitions.ts';
import type { Json } from './json.ts';
import { definitionOf } from './operation.ts';
import type { AnyResource } from './resource.ts';
import { parametersOf } from './search/query.ts';
import { canCreate, type Types } from './types.ts';

/** What this server can do: what the enabled plugins contribute, and that every other type is kept whole. */
export const capabilityStatement = (hms: Hms, types: Types, base: string, startedAt: string): Json => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: startedAt,
  kind: 'instance',
  software: { name: 'OpenWard', version: hms.version },
  implementation: { description: hms.config.hospital, url: base },
  fhirVersion: '4.0.1',
  format: ['application/fhir+json', 'json'],
  rest: [
    {
      mode: 'server',
      security: {
        cors: false,
        service: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'OAuth' }] },
        ],
        description: 'A bearer token; what it allows are the permissions of its user.',
      },
      resource: [
        ...types.owned,
        ...storableTypes
          .filter((type) => !types.isOwned(type) && !hms.typesOff.has(type))
          .map((type) => types.get(type)),
      ].map((resource) => describe(resource, base)),
      interaction: [{ code: 'transaction' }, { code: 'batch' }],
    },
  ],
});

const describe = (resource: AnyResource, base: string): Json => {
  const parameters = [...parametersOf(resource)];
  const references = parameters
    .filter(([, parameter]) => parameter.kind === 'reference')
    .map(([name]) => `${resource.type}:${name}`);
  const operations = [
    ...(resource.match
      ? [{ name: 'match', definition: `http://hl7.org/fhir/OperationDefinition/${resource.type}-match` }]
      : []),
    ...(resource.operations ?? []).map((it) => ({ name: it.name, definition: definitionOf(base, resource.type, it) })),
  ];
  return {
    type: resource.type,
    profile: `http://hl7.org/fhir/StructureDefinition/${resource.type}`,
    interaction: interactionsOf(resource).map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: true,
    updateCreate: false,
    conditionalCreate: canCreate(resource),
    conditionalRead: 'full-support',
    conditionalUpdate: Boolean(resource.update),
    conditionalDelete: resource.remove ? 'single' : 'not-supported',
    referencePolicy: ['literal', 'logical', 'local'],
    ...(references.length > 0 ? { searchInclude: ['*', ...references] } : {}),
    ...(operations.length > 0 ? { operation: operations } : {}),
    searchParam: parameters.map(([name, { kind }]) => {
      const definition = searchDefinition(resource.type, name)?.url;
      return { name, type: kind, ...(definition ? { definition } : {}) };
    }),
  };
};

const interactionsOf = (resource: AnyResource): string[] => [
  'read',
  'vread',
  'search-type',
  'history-instance',
  'history-type',
  ...(canCreate(resource) ? ['create'] : []),
  ...(resource.update ? ['update'] : []),
  ...(resource.remove ? ['delete'] : []),
];
