import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { staticApp } from './adapter.ts';

/** Where `npm run dev` finds the server. */
const server = process.env.ORIGIN ?? 'http://localhost:3000';

/**
 * `default-src 'self'` refuses style attributes in markup and reports each. Kit has one on its live region (parts.css hides
 * that instead), bits-ui has some on wrappers where it changes nothing.
 */
const withoutStyleAttributes: Plugin = {
  name: 'openward-without-style-attributes',
  enforce: 'pre',
  transform: {
    filter: { id: /runtime\/components\/root\.svelte$|bits-ui\/dist\/bits\/command\/.*\.svelte$/ },
    handler: (code) => code.replace(/\sstyle="[^"]*"/g, ''),
  },
};

export default defineConfig({
  plugins: [withoutStyleAttributes, sveltekit({ adapter: staticApp({ fallback: '200.html', precompress: true }) })],
  build: {
    reportCompressedSize: false,
    // Fonts and pictures as files: the policy `default-src 'self'` allows no data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      onwarn(warning, warn) {
        // Without its catalogue the build would go on with every message missing.
        if (warning.code === 'IMPORT_IS_UNDEFINED' || warning.code === 'UNRESOLVED_IMPORT')
          throw new Error(warning.message);
        warn(warning);
      },
    },
  },
  server: {
    fs: { allow: ['..'] },
    proxy: { '/api': server, '/fhir': server, '/nes': { target: server, ws: true } },
  },
});
