import { createServer, type Server } from 'node:http';

/**
 * Time and number that a connection may take. hapi's time-out for a body does not free a stalled upload, and Node looks at its own
 * every half minute unless told otherwise.
 */
export const openListener = (): Server => {
  const listener = createServer({
    connectionsCheckingInterval: 1_000,
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
  });
  listener.maxConnections = 5_000;
  return listener;
};
