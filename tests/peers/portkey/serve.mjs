// Portkey's gateway: its own start listens on every address of the machine and writes for people. Here it listens on
// loopback at a free port, says where in one line, and ends when its standard input closes.
import net from "node:net";
import { pathToFileURL } from "node:url";

const listen = net.Server.prototype.listen;
const announce = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

net.Server.prototype.listen = function (port, host, ready) {
  this.once("listening", () => announce(`http://127.0.0.1:${this.address().port}\n`));
  return listen.call(this, 0, "127.0.0.1", ready);
};
process.stdin.on("end", () => process.exit(0)).resume();
process.argv.push("--headless");
await import(pathToFileURL(process.argv[2]));
