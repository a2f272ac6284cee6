/** Paths of 24 × 24, drawn as lines. */
const paths = {
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 20c1-4 4-6 8-6s7 2 8 6',
  admin: 'M4 19V9m5 10V5m5 14v-7m5 7V8',
  archive: 'M4 7h16v13H4zM3 4h18v3H3zM10 11h4',
  arrowLeft: 'M19 12H5m6-6-6 6 6 6',
  check: 'm5 13 4 4L19 7',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  folder: 'M3 6h6l2 2h10v11H3z',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  key: 'M14 10a4 4 0 1 0-3 4l2 2h2v2h2v2h3v-3zM9 10h.01',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
  moon: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4l12 8-12 8z',
  plus: 'M12 5v14M5 12h14',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM14 20h2M20 14v2',
  request: 'M4 13v6h16v-6M12 3v11m-4-4 4 4 4-4M4 13h4l1 3h6l1-3h4',
  retry: 'M5 12a7 7 0 1 0 2-5M5 4v4h4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14m5-2 4 4',
  share: 'M12 15V4m-4 4 4-4 4 4M6 12H4v8h16v-8h-2',
  sound: 'M9 18V6l10-2v12M9 18a3 3 0 1 1-3-3 3 3 0 0 1 3 3m10-2a3 3 0 1 1-3-3 3 3 0 0 1 3 3',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 3v2m0 14v2M3 12h2m14 0h2M6 6l1 1m10 10 1 1M6 18l1-1M17 7l1-1',
  text: 'M5 6h14M5 10h14M5 14h14M5 18h8',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5m4-5v5',
  upload: 'M12 16V5m-5 5 5-5 5 5M5 20h14',
  video: 'M4 6h11v12H4zM15 11l5-3v8l-5-3z',
  warning: 'M12 4 2 20h20zM12 10v4m0 3h.01',
} as const;

export type IconName = keyof typeof paths;

/** Says nothing by itself: what it stands for is told beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
