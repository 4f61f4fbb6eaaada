// A process that has the embedded database of a folder, for the test that kills it. Ends when its input does.
import { startPostgres } from '../../core/postgres/index.ts';

const { urls, started, stop } = await startPostgres({ home: process.argv[2]!, durable: false });
console.log(JSON.stringify({ urls, started }));
process.stdin.resume().on('end', () => void stop().then(() => process.exit()));
