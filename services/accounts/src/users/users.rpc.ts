import { Controller } from '@nestjs/common';
import {
  CreateUser,
  GetUser,
  ListUsers,
  Register,
  type RpcReply,
  type RpcRequest,
  type Tokens,
  UpdateUser,
  type User,
  WhoAmI,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Accounts } from '../accounts.js';
import { createUser } from './create-user.js';
import { getUser } from './get-user.js';
import { listUsers } from './list-users.js';
import { register } from './register.js';
import { updateUser } from './update-user.js';
import { whoAmI } from './who-am-i.js';

@Controller()
export class UsersRpc {
  constructor(private readonly accounts: Accounts) {}

  @OnRpc(Register)
  register(request: RpcRequest<typeof Register>): Promise<Tokens> {
    return register(this.accounts, request);
  }

  @OnRpc(WhoAmI)
  whoAmI({ caller }: RpcRequest<typeof WhoAmI>): Promise<User> {
    return whoAmI(this.accounts.orm, caller);
  }

  @OnRpc(ListUsers)
  list(request: RpcRequest<typeof ListUsers>): Promise<RpcReply<typeof ListUsers>> {
    return listUsers(this.accounts.orm, request);
  }

  @OnRpc(GetUser)
  get(request: RpcRequest<typeof GetUser>): Promise<User> {
    return getUser(this.accounts.orm, request);
  }

  @OnRpc(UpdateUser)
  update(request: RpcRequest<typeof UpdateUser>): Promise<User> {
    return updateUser(this.accounts, request);
  }

  @OnRpc(CreateUser)
  create(request: RpcRequest<typeof CreateUser>): Promise<User> {
    return createUser(this.accounts, request);
  }
}
