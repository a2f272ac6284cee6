/** What `npm test` tells of the servers it started, by the name of the variable. */
export function testServer(name: `WHARF_TEST_${string}`): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the tests are run by npm test`);
  return value;
}

/** The settings of the S3 server, as a service reads them. */
export function testStoreEnvironment() {
  return {
    S3_ENDPOINT_URL: testServer('WHARF_TEST_S3_ENDPOINT'),
    S3_ACCESS_KEY: testServer('WHARF_TEST_S3_ACCESS_KEY'),
    S3_SECRET_KEY: testServer('WHARF_TEST_S3_SECRET_KEY'),
  };
}
