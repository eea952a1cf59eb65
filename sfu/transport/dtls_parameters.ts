/** Checks the DTLS parameters and SRTP keys of the other end. */
import { Buffer } from "node:buffer";
import * as check from "../base/check.ts";
import type { SrtpCryptoSuite, SrtpParameters } from "../api/srtp_parameters.ts";
import type {
  DtlsFingerprint,
  DtlsParameters,
  FingerprintAlgorithm,
} from "../api/web_rtc_transport.ts";

/** Bytes of each hash (FIPS 180-4). */
const hashBytes: Record<FingerprintAlgorithm, number> = {
  "sha-1": 20,
  "sha-224": 28,
  "sha-256": 32,
  "sha-384": 48,
  "sha-512": 64,
};

/** Bytes of master key and master salt (RFC 3711, 8.2; RFC 7714, 12). */
const keyBytes: Record<SrtpCryptoSuite, number> = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};

/** @throws TypeError Naming the field. Hexadecimal digits may be of either case. */
export function checkDtlsParameters(given: DtlsParameters): DtlsParameters {
  const { role = "auto", fingerprints: list } = check.fields(given, "dtlsParameters");
  if (role !== "auto" && role !== "client" && role !== "server") {
    throw new TypeError(`invalid DtlsRole: ${check.shown(role)} (dtlsParameters.role)`);
  }
  const fingerprints = check.array(list, "dtlsParameters.fingerprints");
  if (fingerprints.length === 0) throw new TypeError("empty dtlsParameters.fingerprints array");
  return { role, fingerprints: fingerprints.map(checkFingerprint) };
}

function checkFingerprint(given: DtlsFingerprint, index: number): DtlsFingerprint {
  const name = `dtlsParameters.fingerprints[${index}]`;
  const { algorithm, value } = check.object(given, name);
  if (typeof algorithm !== "string" || !Object.hasOwn(hashBytes, algorithm)) {
    throw new TypeError(
      `invalid FingerprintAlgorithm: ${check.shown(algorithm)} (${name}.algorithm)`,
    );
  }
  const bytes = hashBytes[algorithm];
  const pairs = new RegExp(`^[0-9a-f]{2}(:[0-9a-f]{2}){${bytes - 1}}$`, "i");
  if (typeof value !== "string" || !pairs.test(value)) {
    throw new TypeError(
      `${name}.value must be ${bytes} hexadecimal bytes with colons between them`,
    );
  }
  return { algorithm, value };
}

/** @throws TypeError Not one of the four suites. */
export function checkCryptoSuite(suite: SrtpCryptoSuite, name: string): SrtpCryptoSuite {
  if (typeof suite !== "string" || !Object.hasOwn(keyBytes, suite)) {
    throw new TypeError(`invalid SrtpCryptoSuite: ${check.shown(suite)} (${name})`);
  }
  return suite;
}

/** @throws TypeError Naming the field, also for a key of the wrong length. */
function checkSrtpParameters(given: SrtpParameters, name: string): SrtpParameters {
  check.object(given, name);
  const cryptoSuite = checkCryptoSuite(given.cryptoSuite, `${name}.cryptoSuite`);
  const keyBase64 = check.text(given.keyBase64, `${name}.keyBase64`);
  const wanted = keyBytes[cryptoSuite];
  if (
    !/^[A-Za-z0-9+/]+={0,2}$/.test(keyBase64) || Buffer.from(keyBase64, "base64").length !== wanted
  ) {
    throw new TypeError(`${name}.keyBase64 must be ${wanted} bytes in Base64`);
  }
  return { cryptoSuite, keyBase64 };
}

/** The `srtpParameters` of a `connect()`, which must be present exactly if SRTP is enabled. */
export function checkSrtpIfEnabled(
  given: SrtpParameters | undefined,
  enabled: boolean,
): SrtpParameters | undefined {
  if (given === undefined) {
    if (enabled) throw new TypeError("missing srtpParameters (SRTP enabled)");
    return undefined;
  }
  if (!enabled) throw new TypeError("invalid srtpParameters (SRTP not enabled)");
  return checkSrtpParameters(given, "srtpParameters");
}
