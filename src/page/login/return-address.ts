/** The page's start: where a login leads that names no address, or one that is not of the page. */
const START = '/ui/';
const MOST_CHARACTERS = 2000;

/** An address of the page, without its host. Anything else, such as another host in any spelling, becomes the page's start. */
export function returnAddress(asked: unknown): string {
  if (
    typeof asked !== 'string' ||
    asked.length > MOST_CHARACTERS ||
    !/^\/ui\/[\x21-\x5b\x5d-\x7e]*$/.test(asked)
  )
    return START;
  const url = URL.parse(asked, 'https://page.invalid');
  if (url?.host !== 'page.invalid' || !/^\/ui\/(?!api\/|login\/)/.test(url.pathname)) return START;
  return `${url.pathname}${url.search}${url.hash}`;
}
