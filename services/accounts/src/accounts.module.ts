import { type DynamicModule, Module } from '@nestjs/common';
import { Accounts } from './accounts.js';
import { KeysRpc } from './keys/keys.rpc.js';
import { PasswordsRpc } from './passwords/passwords.rpc.js';
import { SessionsRpc } from './sessions/sessions.rpc.js';
import { TokensRpc } from './tokens/tokens.rpc.js';
import { UsersRpc } from './users/users.rpc.js';

@Module({})
class AccountsModule {}

export function accountsModule(accounts: Accounts): DynamicModule {
  return {
    module: AccountsModule,
    controllers: [UsersRpc, SessionsRpc, KeysRpc, PasswordsRpc, TokensRpc],
    providers: [{ provide: Accounts, useValue: accounts }],
  };
}
