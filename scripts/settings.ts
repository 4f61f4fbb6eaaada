import { ConfigError, type Config, type DatabaseUrls } from '../core/config.ts';
import { readHospital, type LoadedPlugin } from '../core/loader.ts';
import { startPostgres } from '../core/postgres/index.ts';

export interface Setting {
  config: Config;
  plugins: LoadedPlugin[];
  urls: DatabaseUrls & { owner: string };
}

/** What a script of the command line works with: the same settings as the server, and its database, joined when it runs. */
export const withHospital = async (work: (setting: Setting) => Promise<void>): Promise<void> => {
  try {
    const { plugins, config } = await readHospital(process.env);
    if (config.database) {
      const { owner } = config.database;
      if (!owner) throw new Error('This needs DATABASE_OWNER_URL.');
      await work({ config, plugins, urls: { ...config.database, owner } });
      return;
    }
    const server = await startPostgres({ home: config.home, log: (line) => console.log(line) });
    try {
      await work({ config, plugins, urls: server.urls });
    } finally {
      await server.stop();
    }
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : (error as Error).message);
    process.exitCode = 1;
  }
};
