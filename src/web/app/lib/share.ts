/** How much is done, in whole per cent, for people. */
export function share({ height, targetHeight }: { height: number; targetHeight: number }): string {
  return String(Math.floor((100 * height) / Math.max(1, targetHeight)));
}
