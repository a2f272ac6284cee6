/** What a page says of itself in its head, to people, search engines and the bots that make previews of links. */
export interface PageHead {
  title: string;
  description?: string;
  /** Of Open Graph. */
  type?: string;
  /** Whether everybody may do everything (`AUTH=open`): then the page asks nobody to sign in. */
  isOpen?: boolean;
}

/** In `web/index.html`; the build keeps comments. */
const mark = '<!--head-->';

/** What is somebody's becomes text, wherever it stands. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The shell with a head of its own. */
export function withHead(shell: string, { description, isOpen = false, title, type = 'website' }: PageHead): string {
  const named = { 'og:title': title, 'og:site_name': 'Wharf', 'og:type': type, 'og:description': description };
  const lines = Object.entries(named).flatMap(([property, content]) =>
    content === undefined ? [] : [`<meta property="${property}" content="${escapeHtml(content)}">`],
  );
  if (description !== undefined) lines.push(`<meta name="description" content="${escapeHtml(description)}">`);
  if (isOpen) lines.push('<meta name="wharf-access" content="open">');
  return shell.replace(mark, () => [`<title>${escapeHtml(title)}</title>`, ...lines].join('\n    '));
}
