(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i64) (result i64 i32)))
  (import "m" "memory" (memory (;0;) 2 2))
  (func (;0;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i32 i64 i64 i32 i64 i64)
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
      i64.const 20
      local.set 9
      local.get 1
      i32.const 2
      i32.sub
      local.set 1
      local.get 2
      i32.const 64
      i32.sub
      local.get 1
      local.get 9
      call 1
      local.set 1
      local.set 10
      local.get 1
      i32.const 0
      i32.le_s
      if  ;; label = @2
        local.get 1
        i32.const -2147483648
        i32.eq
        if  ;; label = @3
          local.get 8
          i32.const 64
          i32.sub
          local.set 3
          local.get 3
          local.get 8
          i64.extend_i32_u
          i64.const -140737488355328
          i64.or
          i64.store offset=32
          local.get 3
          i64.const 4294967298
          i64.store offset=40
          local.get 3
          i32.const 0
          i32.store offset=52
          i32.const -2147483648
          return
        end
        local.get 1
        i32.const -2147483647
        i32.eq
        if  ;; label = @3
          local.get 10
          i32.wrap_i64
          local.set 1
          i32.const 0
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        local.get 0
        local.get 10
        i64.store
        i32.const 1
        local.set 4
        i64.const 0
        local.set 6
        br 1 (;@1;)
      end
      local.get 1
      i32.const 1
      i32.sub
      local.set 1
      local.get 0
      local.get 10
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
  (func (;1;) (type 1) (param i32 i32 i64) (result i64 i32)
    (local i32 i32 i32 i64 i64 i32 i64 i64 i64 i32 i64 i64 i64 i64 i32)
    block  ;; label = @1
      local.get 0
      i32.const 64
      i32.sub
      local.get 1
      i32.const 1
      i32.sub
      i32.or
      i32.const 0
      i32.lt_s
      if  ;; label = @2
        local.get 0
        i32.const 0
        i32.lt_s
        if  ;; label = @3
          local.get 1
          i64.extend_i32_s
          i32.const -2147483647
          return
        end
        local.get 1
        i32.const 0
        i32.gt_s
        if  ;; label = @3
          global.get 0
          local.get 2
          i64.store offset=8
          i32.const 2
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        global.get 0
        local.get 2
        i64.store offset=8
        i32.const 3
        local.set 4
        i64.const 0
        local.set 6
        br 1 (;@1;)
      end
      block  ;; label = @2
        local.get 2
        local.set 9
        local.get 2
        i64.const 2
        i64.lt_u
        if  ;; label = @3
          br 1 (;@2;)
        end
        local.get 2
        local.set 10
        local.get 2
        i64.const -1
        i64.add
        local.set 2
        local.get 1
        i32.const 6
        i32.lt_s
        if  ;; label = @3
          global.get 0
          local.get 2
          i64.store offset=8
          global.get 0
          local.get 10
          i64.store offset=48
          i32.const 4
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        local.get 10
        local.set 11
        block  ;; label = @3
          block  ;; label = @4
            local.get 2
            local.set 9
            local.get 2
            i64.const 2
            i64.lt_u
            if  ;; label = @5
              br 1 (;@4;)
            end
            local.get 2
            local.set 10
            local.get 2
            i64.const -1
            i64.add
            local.set 2
            local.get 1
            i32.const 10
            i32.sub
            local.set 1
            local.get 0
            i32.const 128
            i32.sub
            local.get 1
            local.get 2
            call 1
            local.set 1
            local.set 9
            local.get 1
            i32.const 0
            i32.le_s
            if  ;; label = @5
              local.get 1
              i32.const -2147483648
              i32.eq
              if  ;; label = @6
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967304
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 11
                i64.store
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967304
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                i64.const 0
                i32.const -2147483648
                return
              end
              local.get 1
              i32.const -2147483647
              i32.eq
              if  ;; label = @6
                local.get 9
                i32.wrap_i64
                local.set 1
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 11
                i64.store
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                i32.const 5
                local.set 4
                i64.const 0
                local.set 6
                br 5 (;@1;)
              end
              global.get 1
              local.get 0
              i32.add
              i32.const 0
              i32.sub
              i32.const 64
              i32.sub
              local.set 3
              local.get 3
              local.get 11
              i64.store
              local.get 3
              local.get 13
              i64.store offset=8
              local.get 3
              local.get 14
              i64.store offset=16
              local.get 3
              local.get 15
              i64.store offset=24
              global.get 0
              local.get 9
              i64.store
              global.get 0
              local.get 10
              i64.store offset=48
              i32.const 6
              local.set 4
              i64.const 0
              local.set 6
              br 4 (;@1;)
            end
            local.get 9
            local.set 13
            local.get 10
            local.set 2
            local.get 2
            i64.const -2
            i64.add
            local.set 2
            local.get 1
            i32.const 4
            i32.sub
            local.set 1
            local.get 0
            i32.const 128
            i32.sub
            local.get 1
            local.get 2
            call 1
            local.set 1
            local.set 9
            local.get 1
            i32.const 0
            i32.le_s
            if  ;; label = @5
              local.get 1
              i32.const -2147483648
              i32.eq
              if  ;; label = @6
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967308
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 11
                i64.store
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967304
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                i64.const 0
                i32.const -2147483648
                return
              end
              local.get 1
              i32.const -2147483647
              i32.eq
              if  ;; label = @6
                local.get 9
                i32.wrap_i64
                local.set 1
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 11
                i64.store
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                i32.const 7
                local.set 4
                i64.const 0
                local.set 6
                br 5 (;@1;)
              end
              global.get 1
              local.get 0
              i32.add
              i32.const 0
              i32.sub
              i32.const 64
              i32.sub
              local.set 3
              local.get 3
              local.get 11
              i64.store
              local.get 3
              local.get 13
              i64.store offset=8
              local.get 3
              local.get 14
              i64.store offset=16
              local.get 3
              local.get 15
              i64.store offset=24
              global.get 0
              local.get 9
              i64.store
              global.get 0
              local.get 13
              i64.store offset=56
              i32.const 8
              local.set 4
              i64.const 0
              local.set 6
              br 4 (;@1;)
            end
            local.get 9
            local.get 13
            i64.add
            local.set 9
            local.get 1
            i32.const -6
            i32.sub
            local.set 1
            br 0 (;@4;)
          end
          br 0 (;@3;)
        end
        local.get 11
        local.set 10
        local.get 1
        i32.const 8
        i32.sub
        local.set 1
        local.get 1
        i32.const 0
        i32.le_s
        if  ;; label = @3
          global.get 0
          local.get 9
          i64.store
          global.get 0
          local.get 10
          i64.store offset=48
          i32.const 9
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        local.get 9
        local.set 13
        local.get 10
        local.set 2
        local.get 2
        i64.const -2
        i64.add
        local.set 2
        local.get 1
        i32.const 5
        i32.lt_s
        if  ;; label = @3
          global.get 0
          local.get 2
          i64.store offset=8
          global.get 0
          local.get 13
          i64.store offset=56
          i32.const 10
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        local.get 13
        local.set 16
        block  ;; label = @3
          block  ;; label = @4
            local.get 2
            local.set 9
            local.get 2
            i64.const 2
            i64.lt_u
            if  ;; label = @5
              br 1 (;@4;)
            end
            local.get 2
            local.set 10
            local.get 2
            i64.const -1
            i64.add
            local.set 2
            local.get 1
            i32.const 9
            i32.sub
            local.set 1
            local.get 0
            i32.const 128
            i32.sub
            local.get 1
            local.get 2
            call 1
            local.set 1
            local.set 9
            local.get 1
            i32.const 0
            i32.le_s
            if  ;; label = @5
              local.get 1
              i32.const -2147483648
              i32.eq
              if  ;; label = @6
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967304
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                local.get 16
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967308
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                i64.const 0
                i32.const -2147483648
                return
              end
              local.get 1
              i32.const -2147483647
              i32.eq
              if  ;; label = @6
                local.get 9
                i32.wrap_i64
                local.set 1
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                local.get 16
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                i32.const 11
                local.set 4
                i64.const 0
                local.set 6
                br 5 (;@1;)
              end
              global.get 1
              local.get 0
              i32.add
              i32.const 0
              i32.sub
              i32.const 64
              i32.sub
              local.set 3
              local.get 3
              local.get 10
              i64.store
              local.get 3
              local.get 16
              i64.store offset=8
              local.get 3
              local.get 14
              i64.store offset=16
              local.get 3
              local.get 15
              i64.store offset=24
              global.get 0
              local.get 9
              i64.store
              global.get 0
              local.get 10
              i64.store offset=48
              i32.const 12
              local.set 4
              i64.const 0
              local.set 6
              br 4 (;@1;)
            end
            local.get 9
            local.set 13
            local.get 10
            local.set 2
            local.get 2
            i64.const -2
            i64.add
            local.set 2
            local.get 1
            i32.const 4
            i32.sub
            local.set 1
            local.get 0
            i32.const 128
            i32.sub
            local.get 1
            local.get 2
            call 1
            local.set 1
            local.set 9
            local.get 1
            i32.const 0
            i32.le_s
            if  ;; label = @5
              local.get 1
              i32.const -2147483648
              i32.eq
              if  ;; label = @6
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 13
                i64.store offset=8
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967308
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                local.get 16
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                local.get 3
                global.get 1
                local.get 0
                i32.add
                i64.extend_i32_u
                i64.const -140737488355328
                i64.or
                i64.store offset=32
                local.get 3
                i64.const 4294967308
                i64.store offset=40
                local.get 3
                i32.const 0
                i32.store offset=52
                i64.const 0
                i32.const -2147483648
                return
              end
              local.get 1
              i32.const -2147483647
              i32.eq
              if  ;; label = @6
                local.get 9
                i32.wrap_i64
                local.set 1
                global.get 1
                local.get 0
                i32.add
                i32.const 0
                i32.sub
                i32.const 64
                i32.sub
                local.set 3
                local.get 3
                local.get 10
                i64.store
                local.get 3
                local.get 16
                i64.store offset=8
                local.get 3
                local.get 14
                i64.store offset=16
                local.get 3
                local.get 15
                i64.store offset=24
                i32.const 13
                local.set 4
                i64.const 0
                local.set 6
                br 5 (;@1;)
              end
              global.get 1
              local.get 0
              i32.add
              i32.const 0
              i32.sub
              i32.const 64
              i32.sub
              local.set 3
              local.get 3
              local.get 10
              i64.store
              local.get 3
              local.get 16
              i64.store offset=8
              local.get 3
              local.get 14
              i64.store offset=16
              local.get 3
              local.get 15
              i64.store offset=24
              global.get 0
              local.get 9
              i64.store
              global.get 0
              local.get 13
              i64.store offset=56
              i32.const 14
              local.set 4
              i64.const 0
              local.set 6
              br 4 (;@1;)
            end
            local.get 9
            local.get 13
            i64.add
            local.set 9
            local.get 1
            i32.const -5
            i32.sub
            local.set 1
            br 0 (;@4;)
          end
          br 0 (;@3;)
        end
        local.get 16
        local.set 13
        local.get 1
        i32.const 7
        i32.sub
        local.set 1
        local.get 1
        i32.const 0
        i32.le_s
        if  ;; label = @3
          global.get 0
          local.get 9
          i64.store
          global.get 0
          local.get 13
          i64.store offset=56
          i32.const 15
          local.set 4
          i64.const 0
          local.set 6
          br 2 (;@1;)
        end
        local.get 9
        local.get 13
        i64.add
        local.set 9
        local.get 1
        i32.const -1
        i32.sub
        local.set 1
        br 0 (;@2;)
      end
      local.get 1
      i32.const 3
      i32.sub
      local.set 1
      local.get 9
      local.get 1
      return
    end
    global.get 0
    local.get 4
    i32.store offset=96
    global.get 0
    local.get 1
    i32.store offset=100
    global.get 0
    global.get 1
    local.get 0
    i32.add
    i32.store offset=80
    global.get 0
    global.get 1
    local.get 0
    i32.add
    i32.const 0
    i32.sub
    i32.store offset=124
    global.get 0
    local.get 6
    i64.store offset=104
    i64.const 0
    i32.const -2147483648
    return)
  (global (;0;) (mut i32) (i32.const 0))
  (global (;1;) (mut i32) (i32.const 0))
  (export "run" (func 0)))
