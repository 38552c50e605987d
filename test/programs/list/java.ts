import assert from 'node:assert/strict';
import { get } from '../http.ts';
import type { Program } from '../program.ts';

const source = `
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
public class Main {
    public static void main(String[] args) throws Exception {
        AtomicInteger count = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 0);
        server.createContext("/", exchange -> {
            byte[] body = ("answer " + count.incrementAndGet() + "\\n").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/run", exchange -> {
            Process process = new ProcessBuilder("echo", "from a child").start();
            byte[] body = process.getInputStream().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/collect", exchange -> {
            byte[][] garbage = new byte[64][];
            for (int i = 0; i < 2000; i++) garbage[i % 64] = new byte[100_000];
            System.gc();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
    }
}
`;

export const java: Program = {
  title: 'Java 17',
  packages: ['openjdk-17-jdk-headless', 'curl'],
  needs: ['java', '/usr/lib/jvm/java-17-openjdk-amd64/bin/javac', 'curl'],
  covers: 'com.sun.net.httpserver with eight threads, the compiler, garbage collection, a child process',
  async scenario(place) {
    const port = await place.port();
    const file = place.write('Main.java', source);
    const url = `http://127.0.0.1:${port}/`;
    return {
      servers: { server: { command: ['java', '-Xmx128m', file, `${port}`], port } },
      tasks: {
        fused: ['curl', '-sS', '--fail', '-Z', '-o', '/dev/null', `${url}?[1-100]`],
        job: ['curl', '-sS', '--fail', '-o', '/dev/null', `${url}?[1-200]`],
      },
      job: 'job',
      async check(stage) {
        const bodies = await Promise.all(Array.from({ length: 50 }, () => get(url)));
        assert.equal(new Set(bodies.map(String)).size, 50);
        await get(`${url}collect`);
        await stage.succeed('fused');
        assert.equal((await get(`${url}run`)).toString(), 'from a child\n');
        assert.equal((await get(url)).toString(), 'answer 151\n');
      },
    };
  },
};
