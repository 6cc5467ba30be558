/** Which paths are screens of the app; the server and the service worker answer them with the one page. */

const screens: ReadonlySet<string> = new Set(['', 'gyms', 'passes', 'door', 'sales', 'account', 'sign-in', 'register']);

export function isAppPath(path: string): boolean {
  return screens.has(path.split('/')[1] ?? '') && !/\.\w+$/.test(path);
}
