import path from 'node:path';

export interface ClusterState {
  fsid: string;
  osdUuid: string;
  monPort: number;
  diskBytes: number;
  accessKey: string;
  secretKey: string;
}

type Section = Record<string, string | number | boolean>;

/** ceph.conf for one monitor, one disk and one gateway that know only `dir` and loopback. */
export function cephConfig(dir: string, cluster: ClusterState, gatewayPort: number): string {
  const sections: Record<string, Section> = {
    global: { ...identity(dir, cluster), ...quietLogs, ...oneCopyOfEverything },
    mon: {
      mon_data: path.join(dir, 'mon'),
      // Warnings about the host's disk are the host's affair; at 1 % the monitor would stop itself.
      mon_data_avail_crit: 1,
      mon_data_avail_warn: 2,
      // A lone monitor has nobody to gather proposals from.
      paxos_propose_interval: 0.05,
      paxos_min_wait: 0.01,
    },
    osd: diskSettings(dir, cluster),
    client: {
      // Without it the body of a small object waits 40 ms for the client's acknowledgement of the headers.
      rgw_frontends: `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
      rgw_data: path.join(dir, 'rgw'),
      // How soon a request that met no disk, while that was starting, is sent again (5 s by default).
      objecter_tick_interval: 0.2,
      rgw_thread_pool_size: 32,
      rgw_enable_usage_log: false,
      rgw_dynamic_resharding: false,
      rgw_override_bucket_index_max_shards: 1,
      rgw_gc_obj_min_wait: 60,
      rgw_gc_processor_period: 60,
    },
  };
  return Object.entries(sections).map(formatSection).join('\n');
}

function identity(dir: string, { fsid, monPort }: ClusterState): Section {
  return {
    fsid,
    mon_host: `[v2:127.0.0.1:${monPort}]`,
    ms_bind_msgr1: false,
    public_addr: '127.0.0.1',
    cluster_addr: '127.0.0.1',
    // The gateway cannot start with auth "none", so everything speaks cephx.
    auth_cluster_required: 'cephx',
    auth_service_required: 'cephx',
    auth_client_required: 'cephx',
    keyring: path.join(dir, 'keyring'),
    run_dir: dir,
    crash_dir: dir,
    // A socket's path may have 107 characters, which a deep folder exceeds; nothing here uses the admin sockets.
    admin_socket: '',
    pid_file: '',
  };
}

function diskSettings(dir: string, { diskBytes }: ClusterState): Section {
  return {
    osd_data: path.join(dir, 'osd'),
    osd_objectstore: 'bluestore',
    bluestore_block_size: diskBytes,
    bluestore_block_create: true,
    bluestore_fsck_on_mount: false,
    // How long a disk that shuts down waits for the monitor to take note: the monitor may be gone already.
    osd_mon_shutdown_timeout: 1,
    // Each shard opens the disk anew at start.
    osd_op_num_shards: 1,
    osd_op_num_threads_per_shard: 8,
    osd_memory_target: 939_524_096,
    osd_class_load_list: '*',
    osd_class_default_list: '*',
  };
}

const quietLogs: Section = {
  log_file: '',
  log_to_stderr: true,
  err_to_stderr: true,
  mon_cluster_log_file: '/dev/null',
  debug_rocksdb: '1/1',
  debug_bluestore: '0/1',
  debug_bluefs: '0/1',
  debug_bdev: '0/1',
  debug_osd: '0/1',
  debug_mon: '0/1',
  debug_paxos: '0/1',
  debug_rgw: '0/1',
};

const oneCopyOfEverything: Section = {
  osd_pool_default_size: 1,
  osd_pool_default_min_size: 1,
  osd_crush_chooseleaf_type: 0,
  osd_pool_default_pg_num: 4,
  osd_pool_default_pgp_num: 4,
  osd_pool_default_pg_autoscale_mode: 'off',
  mon_allow_pool_size_one: true,
  mon_allow_pool_delete: true,
  mon_max_pg_per_osd: 1000,
  mon_warn_on_pool_no_redundancy: false,
};

function formatSection([name, settings]: [string, Section]): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return `[${name}]\n${lines.join('\n')}\n`;
}
