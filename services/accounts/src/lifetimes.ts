/** Of an access token. */
export const accessTokenSeconds = 600;

/** How far the clocks of gateways may be apart from the database's. */
const clockToleranceSeconds = 60;

/**
 * For how long something has to be known after it was ended: an access token of it may still be about, and an RPC that ended it and
 * could not announce it may be repeated.
 */
export const rememberedSeconds = accessTokenSeconds + clockToleranceSeconds;

/** A session ends when its refresh token was not used for so long. */
export const sessionSeconds = 30 * 24 * 3600;
