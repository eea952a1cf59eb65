import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "../../examples/conference/options.ts";

test("without flags the conference is for this machine only", () => {
  const options = parseOptions([]);
  assert.equal(options?.host, "127.0.0.1");
  assert.equal(options?.announcedAddress, "127.0.0.1");
  assert.equal(options?.testPattern, true);
});

test("the announced address follows the host, unless it is named", () => {
  assert.equal(parseOptions(["--host", "localhost"])?.announcedAddress, "127.0.0.1");
  assert.equal(parseOptions(["--host", "192.0.2.1"])?.announcedAddress, "192.0.2.1");
  const named = parseOptions(["--host", "0.0.0.0", "--announced-address", "198.51.100.7"]);
  assert.equal(named?.announcedAddress, "198.51.100.7");
});

test("--help asks for help", () => {
  assert.equal(parseOptions(["--help"]), undefined);
});

test("a wrong flag is named", () => {
  const table: [args: string[], text: RegExp][] = [
    [["--port", "x"], /--port/],
    [["--port", "70000"], /--port/],
    [["--media-port", "-1"], /--media-port/],
    [["--workers", "0"], /--workers/],
    [["--workers", "65"], /--workers/],
    [["--cert", "cert.pem"], /--cert and --key/],
    [["--prot", "1"], /--prot/],
  ];
  for (const [args, text] of table) assert.throws(() => parseOptions(args), text, args.join(" "));
});
