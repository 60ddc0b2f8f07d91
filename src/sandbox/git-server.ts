/** Git's smart HTTP for one bare repository, by git's own CGI program `git http-backend`. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Name of the repository below the sandbox's folder and in its URL. */
export const REPOSITORY = 'cluster.git';

const SERVICES = new Set(['/info/refs', '/git-upload-pack', '/git-receive-pack']);
/** A CGI header is a few lines; more than this is no header. */
const HEADER_LIMIT = 64 * 1024;

/** A server that answers for `<folder>/cluster.git` at `/<secret>/cluster.git`, and for nothing else. */
export function createGitServer(folder: string, secret: string): Server {
  const prefix = `/${secret}/${REPOSITORY}`;
  return createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const service = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
    if (!SERVICES.has(service)) {
      response.writeHead(404).end();
      return;
    }
    runBackend(folder, `/${REPOSITORY}${service}`, search.slice(1), request, response);
  });
}

/** RFC 3875: the request's head is the environment, its body standard input, and the answer standard output. */
function runBackend(
  folder: string,
  path: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers } = request;
  const backend = spawn('git', ['http-backend'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROJECT_ROOT: folder,
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: headers['content-type'] ?? '',
      CONTENT_LENGTH: headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: typeof headers['git-protocol'] === 'string' ? headers['git-protocol'] : '',
      // Who knows the path may push: http-backend asks only that somebody is named.
      REMOTE_USER: 'sandbox',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  const fail = () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  };
  backend.once('error', fail);
  // A client that has heard enough closes; git then fails to write, which is no fault of the server.
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  response.once('close', () => backend.kill());
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (head.length > HEADER_LIMIT) backend.kill();
      return;
    }
    backend.stdout.off('data', readHead);
    writeHead(head.toString('latin1', 0, end), response);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.stdout.once('end', () => {
    if (!response.headersSent) fail();
  });
}

function writeHead(head: string, response: ServerResponse): void {
  const fields = head.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const status = fields.find(([name]) => name === 'status')?.[1];
  response.statusCode = status === undefined ? 200 : Number.parseInt(status, 10);
  for (const [name, value] of fields) if (name !== 'status') response.setHeader(name, value);
}
