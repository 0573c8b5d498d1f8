export interface BundleSize {
  readonly name: string;
  readonly bytes: number;
  readonly gzip: number;
}

export function bundleSizes(dist: string): BundleSize[];
export function describeSizes(sizes: readonly BundleSize[]): string;
