// Starts DBOS workflows in this process, and prints what it measured. The workflow does not end, so
// that a start is one write, and the run stays open.
//   node load.mjs DATABASE_URL OUTSTANDING SECONDS
//   node load.mjs DATABASE_URL twice         starts one id two times, and prints the answers
import { DBOS } from '@dbos-inc/dbos-sdk';
import { closedLoop } from './closed_loop.mjs';

const [systemDatabaseUrl, outstanding, seconds] = process.argv.slice(2);
let bodies = 0;
const job = DBOS.registerWorkflow(
  () => new Promise(() => { bodies += 1; }), { name: 'job' });

DBOS.setConfig({
  name: 'onerun-peer',
  systemDatabaseUrl,
  // By default 10; 64 give no more.
  systemDatabasePoolSize: 20,
  logLevel: 'error',
  // A name of its own: what earlier processes left open is not taken up again by this one.
  executorID: `${process.pid}-${Date.now()}`,
});
await DBOS.launch();

const start = (workflowID) => DBOS.startWorkflow(job, { workflowID })();
if (outstanding === 'twice') {
  for (const which of ['first', 'second']) {
    const handle = await start('asked-twice');
    const { status } = await handle.getStatus();
    console.log(`${which} start: handle of ${handle.workflowID}, ${status}, ` +
      `the function was entered ${bodies} time(s)`);
  }
} else {
  console.log(JSON.stringify(await closedLoop({
    outstanding: Number(outstanding), seconds: Number(seconds), start,
  })));
}
// Not DBOS.shutdown(), which may wait for workflows that do not end.
process.exit(0);
