import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { HttpResponse } from './http.ts';

/** The answer's bytes as the server had them before it packed them. */
export function unzipped({ headers, body }: HttpResponse): Readable {
  if (headers['content-encoding'] !== 'gzip') return body;
  const gunzip = createGunzip();
  body.once('error', (error) => gunzip.destroy(error));
  gunzip.once('close', () => body.destroy());
  return body.pipe(gunzip);
}

/** The whole answer; of a longer one than `limit` bytes, what goes into that. */
export async function readText(response: HttpResponse, limit = Infinity): Promise<string> {
  const readable = unzipped(response);
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    readable.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
    });
    readable.once('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    readable.once('error', reject);
    // A stream may be cut without an error of its own.
    readable.once('close', () => {
      reject(Object.assign(new Error('The answer ended early.'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
    });
  });
}
