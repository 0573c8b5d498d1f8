export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** Bytes that it takes in the archive. */
  readonly packed: number;
}

/** What a ZIP archive holds, by its central directory (APPNOTE.TXT 4.3.12 and 4.3.16). Small archives without ZIP64: what a VSIX is. */
export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a ZIP archive: it has no end of central directory');
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.toString('latin1', at, at + 4) !== 'PK\x01\x02') throw new Error(`damaged ZIP archive: no entry at ${at}`);
    const nameLength = archive.readUInt16LE(at + 28);
    entries.push({
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
      bytes: archive.readUInt32LE(at + 24),
      packed: archive.readUInt32LE(at + 20),
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}
