import { registerHooks } from 'node:module';

/*
 * Imported before anything of the hospital: whoever imports core/access.ts in this process gets the stand-in. It lives in the
 * loader of the test's process alone, so no setting, header or route of a running hospital leads here.
 */
const access = new URL('../../core/access.ts', import.meta.url).href;
const standIn = new URL('./stand-in.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return found.url === access && context.parentURL !== standIn ? { ...found, url: standIn } : found;
  },
});
