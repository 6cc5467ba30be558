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
  'A player can be named by email too: every id fits the pattern and the length as before.': [
    ['addPlayers', 'POST'],
    ['replacePlayers', 'PUT'],
    ['removePlayers', 'DELETE'],
  ].flatMap(([id, method]) => {
    const place = `${id} (${method} /api/v1/teams/{team_id}/players) an element of the body's user_ids has`;
    return [`${place} maxLength 254`, `${place} pattern ^([0-9]{1,15}|[^@]+@[^@]+)$ in place of ^[0-9]{1,15}$`];
  }),
};

describe('the contract', () => {
  it('breaks no client of 2026-11-20 but as announced', () => {
    const changes = breakingChanges(read('contract-history/2026-11-20.yaml'), read('../openapi.yaml'));
    const said = changes.map(({ operation, change }) => `${operation} ${change}`);
    expect(said).to.have.members(Object.values(announced).flat());
  });
});
