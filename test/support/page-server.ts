import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built page. */
export const PAGE = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** Whether a file of it has what says what Linux would refuse, or what there is to say of that. */
export const isOfVerifier = (path: string): boolean => /\/(?:judge|verifier|refusals)-[^/]*\.js$/.test(path);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

export interface Served {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the page as any static server would, in a folder of its own, so that absolute addresses would be found out. */
export async function servePage(): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
    if (!path.startsWith('/some/folder/')) {
      response.writeHead(404).end();
      return;
    }
    const name = path.slice('/some/folder/'.length) || 'index.html';
    try {
      const body = readFileSync(join(PAGE, name));
      response
        .writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/some/folder/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A browser also opens connections that it may never use, which would be waited for.
        server.closeAllConnections();
      }),
  };
}
