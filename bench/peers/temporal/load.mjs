// Starts workflows that no worker takes up, so that they stay open, and prints what it measured.
//   node load.mjs PORT namespace                makes the namespace
//   node load.mjs PORT OUTSTANDING SECONDS
//   node load.mjs PORT twice                    starts one id two times, and prints the answers
import { Client, Connection } from '@temporalio/client';
import { closedLoop } from './closed_loop.mjs';

const [port, outstanding, seconds] = process.argv.slice(2);
const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
const client = new Client({ connection, namespace: 'peer' });
const start = (workflowId) =>
  client.workflow.start('Job', { workflowId, taskQueue: 'nobody', args: [] });

if (outstanding === 'namespace') {
  await connection.workflowService.registerNamespace({
    namespace: 'peer', workflowExecutionRetentionPeriod: { seconds: 86400 },
  });
} else if (outstanding === 'twice') {
  for (const which of ['first', 'second']) {
    const answer = await start('asked-twice').then(
      (handle) => `run ${handle.firstExecutionRunId}`, (error) => `${error.name}`);
    console.log(`${which} start: ${answer}`);
  }
} else {
  console.log(JSON.stringify(await closedLoop({
    outstanding: Number(outstanding), seconds: Number(seconds), start,
  })));
}
await connection.close();
