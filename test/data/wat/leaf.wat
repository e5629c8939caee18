(module
  (type (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 2 2))
  (import "m" "leaf0" (func (;0;) (type 0)))
  (func (;1;) (type 1) (param i32 i32) (result i32)
    (local i32 i32 i32 i32 i64 i64 i32 i64 i64 i64 i64 i64 i64)
    block  ;; label = @1
      local.get 0
      global.set 0
      local.get 0
      i32.load offset=128
      global.set 1
      local.get 0
      i32.load offset=80
      local.get 0
      i32.load offset=128
      i32.sub
      local.set 2
      global.get 1
      local.get 2
      i32.add
      local.set 8
      local.get 0
      i64.load offset=24
      local.set 9
      local.get 0
      i64.load offset=32
      local.set 10
      local.get 0
      i64.load offset=40
      local.set 11
      i64.const 5
      local.set 12
      i64.const 6
      local.set 13
      local.get 1
      i32.const 3
      i32.sub
      local.set 1
      local.get 0
      local.get 12
      i64.store offset=8
      local.get 0
      local.get 13
      i64.store offset=16
      local.get 0
      local.get 9
      i64.store offset=24
      local.get 0
      local.get 10
      i64.store offset=32
      local.get 0
      local.get 11
      i64.store offset=40
      local.get 0
      i64.const 0
      i64.store
      local.get 1
      call 0
      if  ;; label = @2
        i32.const 0
        local.set 4
        i64.const 0
        local.set 6
        br 1 (;@1;)
      end
      local.get 0
      i64.load
      local.set 14
      local.get 1
      i32.const 1
      i32.sub
      local.set 1
      local.get 0
      local.get 14
      i64.store
      local.get 1
      return
    end
    local.get 0
    local.get 4
    i32.store offset=96
    local.get 0
    local.get 1
    i32.store offset=100
    local.get 0
    local.get 8
    i32.store offset=80
    local.get 0
    local.get 8
    i32.store offset=124
    local.get 0
    local.get 6
    i64.store offset=104
    i32.const -2147483648
    return)
  (global (;0;) (mut i32) (i32.const 0))
  (global (;1;) (mut i32) (i32.const 0))
  (export "run" (func 1)))
