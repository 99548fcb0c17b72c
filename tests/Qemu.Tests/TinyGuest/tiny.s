# A guest of one sector for tests of the harness: counts its boots in the second sector of its disk, says so on the serial
# port in colour, then echoes lines in capitals. A line that begins with '!' restarts the machine, with '.' powers it off.
#
#   as --32 -o tiny.o tiny.s && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o tiny.bin tiny.o
.intel_syntax noprefix
.code16
.globl _start
        .set    counter, 0x7e00
_start: xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     [drive], dl
        mov     ah, 0x42                    # extended read, INT 13h
        call    disk
        inc     byte ptr [counter]
        mov     ah, 0x43                    # extended write
        call    disk
        mov     si, offset banner
        call    print
        mov     al, [counter]
        add     al, '0'
        call    put
        mov     si, offset newline
        call    print
prompt: mov     si, offset ready
        call    print
        call    get
        cmp     al, '!'
        je      reset
        cmp     al, '.'
        je      off
line:   cmp     al, '\r'
        je      done
        cmp     al, 'a'
        jb      echo
        and     al, 0xdf
echo:   call    put
        call    get
        jmp     line
done:   mov     si, offset newline
        call    print
        jmp     prompt

reset:  mov     al, 0xfe                    # the keyboard controller's reset line
        out     0x64, al
        jmp     halt
off:    mov     dx, 0x604                   # q35's PM1a control: SLP_EN, S5
        mov     ax, 0x2000
        out     dx, ax
halt:   hlt
        jmp     halt

disk:   mov     dl, [drive]
        mov     si, offset packet
        int     0x13
        ret

print:  lodsb
        test    al, al
        jz      1f
        call    put
        jmp     print
1:      ret

put:    push    ax
        mov     dx, 0x3fd
1:      in      al, dx
        test    al, 0x20                    # transmitter empty
        jz      1b
        pop     ax
        mov     dx, 0x3f8
        out     dx, al
        ret

get:    mov     dx, 0x3fd
1:      in      al, dx
        test    al, 1                       # data ready
        jz      1b
        mov     dx, 0x3f8
        in      al, dx
        ret

banner: .asciz  "\033[1;32mtiny\033[0m boot "
newline: .asciz "\r\n"
ready:  .asciz  "tiny> "
drive:  .byte   0
        .balign 4
packet: .byte   16, 0                       # disk address packet: size, 0, sectors, buffer, first sector
        .word   1, counter, 0
        .quad   1
        .org    510
        .word   0xaa55
