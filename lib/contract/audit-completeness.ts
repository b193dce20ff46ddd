/** Where the ledger's table has the counts of the trail's files. */

/** How the keys of counts begin. No destination has this name. */
export const completenessPrefix = 'completeness';

/** @param hour in UTC: `2026-11-30T17` */
export const completenessKey = (destination: string, hour: string): string =>
  `${completenessPrefix}#${destination}#${hour}`;
