import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { startSmtpSink } from "./smtp_sink.ts";

test("the SMTP sink takes no mail that breaks off, and is there for the next", async () => {
  await using sink = await startSmtpSink();
  const socket = connect(sink.port, "127.0.0.1");
  await once(socket, "data");
  for (const line of ["EHLO here", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"]) {
    socket.write(`${line}\r\n`);
    await once(socket, "data");
  }
  socket.write("Subject: half of it\r\n\r\nand no m");
  await Bun.sleep(20);
  socket.destroy();
  const next = connect(sink.port, "127.0.0.1");
  await once(next, "data");
  next.destroy();
  expect([sink.connections, sink.mails]).toEqual([2, []]);
});
