/**
 * Who may know whom: core <- fhir <- plugins <- nobody; the interface speaks HTTP; scripts and tests may import anything.
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'core-knows-no-hospital',
      comment: 'Core is imported by everything and imports nothing of the house.',
      severity: 'error',
      from: { path: '^core/', pathNot: '^core/main[.]ts$' },
      to: { path: '^(fhir|plugins|ui|scripts|test)/' },
    },
    {
      name: 'main-starts-the-house',
      comment:
        'core/main.ts may call what a person could run by hand (build, demo data), nothing more. Plugins are loaded by name.',
      severity: 'error',
      from: { path: '^core/main[.]ts$' },
      to: { path: '^(fhir|plugins|ui|test)/' },
    },
    {
      name: 'fhir-knows-no-plugin',
      comment: 'A plugin brings its resources to fhir/, not the other way round.',
      severity: 'error',
      from: { path: '^fhir/' },
      to: { path: '^(plugins|ui|scripts|test)/' },
    },
    {
      name: 'plugins-meet-in-api',
      comment: 'Of another plugin only api.ts may be imported.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^plugins/', pathNot: '^plugins/($1/|[^/]+/api[.]ts$)' },
    },
    {
      name: 'plugins-know-no-script',
      severity: 'error',
      from: { path: '^plugins/' },
      to: { path: '^(ui|scripts|test)/' },
    },
    {
      name: 'interface-speaks-http',
      comment: 'The interface imports what is generated (messages, types of the API) and nothing else of the server.',
      severity: 'error',
      from: { path: '^ui/' },
      to: { path: '^(core|fhir|plugins|scripts|test)/' },
    },
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one thought, or one of them is in the wrong place.',
      severity: 'error',
      from: { path: '^(core|fhir|plugins)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'production-needs-no-tool',
      comment: 'What runs in a hospital is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^(core|fhir|plugins)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-is-there',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: { path: '^(core|fhir|plugins|scripts|test)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(generated|ui/build|ui/[.]svelte-kit)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types', 'svelte'],
    },
  },
};
