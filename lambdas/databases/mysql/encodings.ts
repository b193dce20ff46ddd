/**
 * Stands in for `iconv-lite` in the bundles of MySQL and MariaDB, where its tables would be half of all code. The driver
 * asks it only for what Node does not know; sessions here speak UTF-8, so that is messages from before a session has
 * agreed on that, of servers with an Asian or Eastern European character set. These lose letters, and nothing else does.
 */

/** What the driver reads with. */
export const getDecoder = (): { write(bytes: Buffer): string; end(): string } => ({
  write: (bytes) => bytes.toString('latin1'),
  end: () => '',
});

/** What the driver writes with. */
export const getEncoder = (): { write(text: string): Buffer; end(): Buffer } => ({
  write: (text) => Buffer.from(text),
  end: () => Buffer.alloc(0),
});
