/** Clients that were written for an earlier contract keep working; what they meet that is new is listed with its reason. */
import { readFileSync } from 'node:fs';
import type { OpenApiDocument } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { breakingChanges } from '../packages/server/src/contract/breaking-changes.js';

const read = (path: string): OpenApiDocument => parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** By reason: what an answer may hold since. */
const announced: Readonly<Record<string, readonly string[]>> = {
  'A purchase can be given back by the gym, wholly or in part, and a provider may take its time or decline.': [
    'listRefunds (GET /api/admin/refund) an element of the answer\'s data\'s state may be "pending"',
    'listRefunds (GET /api/admin/refund) an element of the answer\'s data\'s state may be "refused"',
    'payRefund (POST /api/admin/refund/{id}) the answer\'s data\'s state may be "pending"',
    'payRefund (POST /api/admin/refund/{id}) the answer\'s data\'s state may be "refused"',
    'cancelTransaction (POST /api/cancel_transaction) the answer\'s data\'s transactionState may be "refunded"',
    'listTransactionRecords (GET /api/transaction_record) an element of the answer\'s data\'s transactionState may be "refunded"',
    'operateTransactionRecord (POST /api/transaction_record) an element of the answer\'s data\'s transactionState may be "refunded"',
    'getTransactionRecord (GET /api/transaction_record/{id}) the answer\'s data\'s transactionState may be "refunded"',
    'verifyTransaction (POST /api/verify_transaction) the answer\'s data\'s transactionState may be "refunded"',
    'verifyTransactionRecord (POST /api/verify_transaction_record) the answer\'s data\'s transactionState may be "refunded"',
  ],
  'Merchandise may be free: no provider is asked, and the purchase succeeds at once.': [
    'performTransaction (POST /api/perform_transaction) the answer\'s data\'s transactionState may be "success"',
  ],
  'A player can be named by email too: every id is as long as before.': [
    'addPlayers (POST',
    'replacePlayers (PUT',
    'removePlayers (DELETE',
  ].map(
    (operation) => `${operation} /api/v1/teams/{team_id}/players) an element of the body's user_ids has maxLength 254`,
  ),
};

/** Patterns that take all that the earlier one took: what no comparison can tell, somebody has looked at. */
const widerPatterns: readonly (readonly [before: string, now: string])[] = [
  ['^[0-9]{1,15}$', '^([0-9]{1,15}|[^@]+@[^@]+)$'],
  ['^palestra-[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}[.]backup$', '^palestra-[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}[.]backup([.]age)?$'],
  // The same characters, without Unicode properties, which many generators of clients cannot read.
  [String.raw`^[^\p{Cc}\p{Cs}]+$`, String.raw`^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]+$`],
  [String.raw`^(?:\n|[^\p{Cc}\p{Cs}])+$`, String.raw`^(?:\n|[^\u0000-\u001f\u007f-\u009f\ud800-\udfff])+$`],
];

describe('the contract', () => {
  it('breaks no client of 2026-11-20 but as announced', () => {
    const changes = breakingChanges(read('contract-history/2026-11-20.yaml'), read('../openapi.yaml'));
    const said = changes.map(({ operation, change }) => `${operation} ${change}`);
    const isWider = (change: string) =>
      widerPatterns.some(([before, now]) => change.endsWith(` has pattern ${now} in place of ${before}`));
    expect(said.filter((change) => !isWider(change))).to.have.members(Object.values(announced).flat());
  });
});
