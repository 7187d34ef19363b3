import type { Socket } from "bun";

/** One kept-alive HTTP/1.1 connection that sends bytes as they are: cheaper than any client, so that the server is measured. */
export class Connection {
  #socket: Socket | undefined;
  #waiting: PromiseWithResolvers<number> | undefined;
  #unsent: Uint8Array | undefined;
  #fault: Error | undefined;
  #got = Buffer.alloc(0);

  static async open(port: number): Promise<Connection> {
    const connection = new Connection();
    connection.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => connection.#take(bytes),
        drain: () => connection.#flush(),
        close: () => connection.#fail(new Error("The server closed the connection")),
        error: (_, error) => connection.#fail(error),
      },
    });
    return connection;
  }

  /** Resolves with the status when the whole answer is there. One at a time. Rejects if the connection ends before. */
  send(request: Uint8Array): Promise<number> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    this.#waiting = Promise.withResolvers();
    this.#unsent = request;
    this.#flush();
    return this.#waiting.promise;
  }

  /** Waits for no answer any more. */
  abort(): void {
    this.#fail(new Error("The answer came too late"));
    this.#socket?.terminate();
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket?.end();
  }

  #fail(error: Error): void {
    this.#fault ??= error;
    this.#waiting?.reject(error);
  }

  #flush(): void {
    if (this.#unsent === undefined || this.#unsent.length === 0) return;
    this.#unsent = this.#unsent.subarray(this.#socket?.write(this.#unsent) ?? 0);
  }

  #take(bytes: Buffer): void {
    this.#got = this.#got.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#got, bytes]);
    const head = this.#got.indexOf("\r\n\r\n");
    if (head < 0) return;
    const text = this.#got.toString("latin1", 0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    const isWhole =
      length === undefined ? this.#got.includes("\r\n0\r\n\r\n") : this.#got.length >= head + 4 + Number(length);
    if (!isWhole) return;
    this.#got = Buffer.alloc(0);
    this.#waiting?.resolve(Number(text.slice(9, 12)));
  }
}
