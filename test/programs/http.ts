/** Clients for checks: outside of the runtime, as another machine's would be. */
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import tls from 'node:https';

const TIMEOUT_MS = 20_000;

const fetch = (client: typeof http | typeof tls, url: string, options: tls.RequestOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const request = client.get(url, { ...options, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(Buffer.concat(chunks))
          : reject(new Error(`${url} answered ${response.statusCode}`)),
      );
    });
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.on('error', reject);
  });

/** @throws when the answer is not 200, or does not come. */
export const get = (url: string): Promise<Buffer> => fetch(http, url, {});

/** As get, over TLS with any certificate. */
export const https = (port: number, path: string): Promise<Buffer> =>
  fetch(tls, `https://127.0.0.1:${port}${path}`, { rejectUnauthorized: false });

/** Makes key.pem and cert.pem. */
export function selfSigned(folder: string, name = 'localhost'): void {
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names];
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
  execFileSync('openssl', [...args, ...files], { stdio: 'pipe', timeout: TIMEOUT_MS });
}
