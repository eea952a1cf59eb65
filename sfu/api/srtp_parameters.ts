/** SRTP keys that are exchanged by signalling, without DTLS (RFC 4568). */

/** Encryption and authentication of SRTP (RFC 4568, 6.2; RFC 7714). */
export type SrtpCryptoSuite =
  | "AEAD_AES_256_GCM"
  | "AEAD_AES_128_GCM"
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32";

/** One direction's SRTP key. */
export type SrtpParameters = {
  cryptoSuite: SrtpCryptoSuite;
  /** Master key followed by the master salt, in Base64. */
  keyBase64: string;
};
