import type { Page, Response } from 'playwright-core';

interface FetchOptions {
  method?: string;
  mode?: 'no-cors';
  credentials?: 'include';
  headers?: Record<string, string>;
  body?: string;
}

/** What the page that is open comes to by `fetch`: a status and the body, or that it was told nothing. */
export function fetchFrom(page: Page, address: string, init: FetchOptions = {}): Promise<string> {
  return page.evaluate(
    async ([to, options]) => {
      try {
        const answer = await fetch(to, options);
        return answer.type === 'opaque' ? 'opaque' : `${answer.status} ${(await answer.text()).slice(0, 2000)}`;
      } catch {
        return 'failed';
      }
    },
    [address, init] as const,
  );
}

/** Calls a function, given by its source, in the page that is open: the types of a page are not known here. */
export function callIn<Result>(page: Page, source: string, ...given: unknown[]): Promise<Result> {
  return page.evaluate(`(${source})(...${JSON.stringify(given)})`);
}

interface Form {
  action: string;
  enctype: string;
  /** A file unless given. */
  fields?: Record<string, string>;
}

/** Sends a form from the page that is open, and gives the answer, to which it leads. */
export async function submitForm(page: Page, { fields, ...attributes }: Form): Promise<Response> {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await callIn(
    page,
    `(attributes, fields) => {
      const form = document.createElement('form');
      for (const [name, value] of Object.entries(fields ?? {})) {
        form.append(Object.assign(document.createElement('input'), { name, value }));
      }
      if (!fields) {
        const input = Object.assign(document.createElement('input'), { type: 'file', name: 'file' });
        const files = new DataTransfer();
        files.items.add(new File(['from a form'], 'form.txt'));
        input.files = files.files;
        form.append(input);
      }
      document.body.append(Object.assign(form, attributes, { method: 'POST' }));
      form.submit();
    }`,
    attributes,
    fields ?? null,
  );
  return answered;
}
