import type * as Library from 'oidc-provider';

/** It warns, past our log, of every Node that is not LTS yet; ours is tested with it. */
const quietly = async (): Promise<typeof Library> => {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
};

export const { Provider, errors } = await quietly();
