/** A certificate of the application's own in place of one made at start. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as sluice from "../../mod.ts";
import { udpInfo } from "./support.ts";

// EC P-256, self-signed, made for this test and used nowhere else.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUdsdhOSWCsNJ1/j7buYcWUuULUiwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMwMTI2NTlaGA8yMTI2MTAzMDAxMjY1
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBYB
w6myPxEZW/xrA4/QrT+r1MBcvBytHzxxdW9pn6ABhVhk3nvtZYXHEuo+yaWNQJFI
ln5Al8AMn+/JP+fnEwqjUzBRMB0GA1UdDgQWBBTrnw9naeCt8HOlk+RiEom7vx4/
zzAfBgNVHSMEGDAWgBTrnw9naeCt8HOlk+RiEom7vx4/zzAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIAvHrqK82W+bgRTjzA1xG2Cn4283Og0LQGv2
KtFGi8CvAiEAgSnrrcUHH5bV0odIaKNOeCnhPTL/hvy7YEKJ3dAqfck=
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUMQ11K6H+EN9b8Zk
k7IlgWw/ecu33W/eLS6OP5q14i2hRANCAAQWAcOpsj8RGVv8awOP0K0/q9TAXLwc
rR88cXVvaZ+gAYVYZN577WWFxxLqPsmljUCRSJZ+QJfADJ/vyT/n5xMK
-----END PRIVATE KEY-----
`;
const otherKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggVHt8SX3RfL5Z5/P
8JP3jyube03cRpTDKaMjpu2StdWhRANCAATYlJCO5PVJx8YMLaYM0o5ZGiKH2XFo
eyMz5uEZ2N0Vm2AWHHWb1mCgF8CAlMRu/Utudrc47tw8XPmhhyM/DlaH
-----END PRIVATE KEY-----
`;
const fingerprints = {
  "sha-1": "CC:EB:9A:0C:AC:5A:CF:BC:5C:26:F5:69:C3:EB:8F:5A:BE:AB:57:51",
  "sha-256":
    "CF:C0:6A:8B:AC:4C:85:FE:23:45:FA:8C:D2:A3:F5:8E:2A:61:82:37:C6:5D:2B:29:DA:0E:39:79:" +
    "A8:30:ED:B6",
};

async function withFiles(
  files: Record<string, string>,
  run: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-"));
  const path = (name: string): string => join(folder, name);
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
    await run(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("createWorker() takes a certificate and its key from files", async () => {
  await withFiles({ "a.pem": certificate, "k.pem": key }, async (path) => {
    const worker = await sluice.createWorker({
      dtlsCertificateFile: path("a.pem"),
      dtlsPrivateKeyFile: path("k.pem"),
    });
    try {
      const router = await worker.createRouter();
      const transport = await router.createWebRtcTransport({ listenInfos: [udpInfo] });
      const shown = transport.dtlsParameters.fingerprints;
      for (const [algorithm, value] of Object.entries(fingerprints)) {
        assert.equal(shown.find((it) => it.algorithm === algorithm)?.value, value);
      }
    } finally {
      worker.close();
    }
  });
});

test("createWorker() refuses files that are no certificate, or no key of it", async () => {
  await withFiles(
    { "a.pem": certificate, "k.pem": key, "o.pem": otherKey, "x": "x" },
    async (path) => {
      for (
        const [first, second] of [["x", "k.pem"], ["a.pem", "x"], ["k.pem", "a.pem"], [
          "a.pem",
          "o.pem",
        ]]
      ) {
        const settings = { dtlsCertificateFile: path(first), dtlsPrivateKeyFile: path(second) };
        await assert.rejects(
          async () => (await sluice.createWorker(settings)).close(),
          { name: "TypeError", message: /dtls(CertificateFile|PrivateKeyFile)/ },
          `${first} with ${second}`,
        );
      }
    },
  );
});
