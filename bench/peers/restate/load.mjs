// Starts workflows through the HTTP ingress of Restate's server, and prints what it measured.
//   node load.mjs PORT OUTSTANDING SECONDS
//   node load.mjs PORT twice              starts one id two times, and prints the answers
import http from 'node:http';
import { closedLoop } from './closed_loop.mjs';

const [port, outstanding, seconds] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

/** Resolves when the server has answered, which it does when the start is in its log. */
function start(id) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method: 'POST', path: `/Job/${id}/run/send` };
    http.request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject).end();
  });
}

async function started(id) {
  const { status, body } = await start(id);
  if (status !== 202) throw new Error(`${status} ${body}`);
}

if (outstanding === 'twice') {
  for (const which of ['first', 'second']) {
    const { status, body } = await start('asked-twice');
    console.log(`${which} start: ${status} ${body}`);
  }
} else {
  console.log(JSON.stringify(await closedLoop({
    outstanding: Number(outstanding), seconds: Number(seconds), start: started,
  })));
}
agent.destroy();
