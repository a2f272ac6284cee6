/** A picture of 8 × 8. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR4nGNgaP+PFTEMKglsohgSAAx0/oFAhPHQAAAAAElFTkSuQmCC',
  'base64',
);

/** One page with a word on it, and an action that would run where a viewer let it. */
export const pdf = Buffer.from(`%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\("ran"\\))>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 39>> stream
BT /F 24 Tf 40 40 Td (Wharf) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
trailer <</Root 1 0 R>>
`);

export const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>',
);
export const html = Buffer.from('<!doctype html><title>x</title><script>window.ran=1</script><p>a page');
export const text = Buffer.from('# Tides\n\nHigh water at 06:12 and 18:40.\n'.repeat(40));
