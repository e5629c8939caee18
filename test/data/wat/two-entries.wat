(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 2 2))
  (func (;0;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i32 i64 i64 i32 i64 i32 i64)
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
      i64.load offset=8
      local.set 9
      loop  ;; label = @2
        block  ;; label = @3
          block  ;; label = @4
            block  ;; label = @5
              block  ;; label = @6
                local.get 10
                br_table 0 (;@6;) 1 (;@5;) 2 (;@4;) 3 (;@3;)
              end
              i64.const 0
              local.set 11
              local.get 9
              i64.const 0
              i64.eq
              if  ;; label = @6
                local.get 1
                i32.const 2
                i32.sub
                local.set 1
                i32.const 1
                local.set 10
                br 4 (;@2;)
              end
              local.get 1
              i32.const 2
              i32.sub
              local.set 1
              i32.const 3
              local.set 10
              br 3 (;@2;)
            end
            local.get 11
            i64.const 2
            i64.add
            local.set 11
            local.get 9
            i64.const 1
            i64.add
            local.set 9
            local.get 9
            i64.const 10
            i64.lt_u
            if  ;; label = @5
              local.get 1
              i32.const 3
              i32.sub
              local.set 1
              local.get 1
              i32.const 0
              i32.le_s
              if  ;; label = @6
                local.get 0
                local.get 11
                i64.store
                local.get 0
                local.get 9
                i64.store offset=8
                i32.const 0
                local.set 4
                i64.const 0
                local.set 6
                br 5 (;@1;)
              end
              i32.const 3
              local.set 10
              br 3 (;@2;)
            end
            local.get 1
            i32.const 3
            i32.sub
            local.set 1
            i32.const 2
            local.set 10
            br 2 (;@2;)
          end
          local.get 1
          i32.const 1
          i32.sub
          local.set 1
          local.get 0
          local.get 11
          i64.store
          local.get 1
          return
        end
        local.get 11
        i64.const 1
        i64.add
        local.set 11
        local.get 1
        i32.const 1
        i32.sub
        local.set 1
        i32.const 1
        local.set 10
        br 0 (;@2;)
      end
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
  (export "run" (func 0)))
