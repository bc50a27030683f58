// The service that Restate's server calls for each run: a workflow that has nothing to do, so that
// what is measured is the start.
//   node service.mjs PORT
import * as restate from '@restatedev/restate-sdk';
import { createServer } from 'node:http2';

const job = restate.workflow({ name: 'Job', handlers: { run: async () => 'done' } });
createServer(restate.createEndpointHandler({ services: [job] }))
  .listen(Number(process.argv[2]), '127.0.0.1');
