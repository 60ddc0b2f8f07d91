// An SSH server that serves git repositories to one key: `ssh-server ROOT AUTHORIZED_KEY HOST_KEY`. It prints its port.
// Built from the modules of sandbox/tools, for the tests of src/sources.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/crypto/ssh"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	root, authorized, hostKey := os.Args[1], os.Args[2], os.Args[3]
	allowed, err := os.ReadFile(authorized)
	check(err)
	pub, _, _, _, err := ssh.ParseAuthorizedKey(allowed)
	check(err)
	pem, err := os.ReadFile(hostKey)
	check(err)
	signer, err := ssh.ParsePrivateKey(pem)
	check(err)
	cfg := &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if bytes.Equal(k.Marshal(), pub.Marshal()) && c.User() == "git" {
			return nil, nil
		}
		return nil, errors.New("not the key")
	}}
	cfg.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			conn, chans, reqs, err := ssh.NewServerConn(c, cfg)
			if err != nil {
				return
			}
			defer conn.Close()
			go ssh.DiscardRequests(reqs)
			for nc := range chans {
				ch, rs, err := nc.Accept()
				if err != nil {
					return
				}
				go serve(ch, rs, root)
			}
		}()
	}
}

func serve(ch ssh.Channel, rs <-chan *ssh.Request, root string) {
	env := []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}
	for r := range rs {
		switch r.Type {
		case "env":
			var kv struct{ K, V string }
			ssh.Unmarshal(r.Payload, &kv)
			env = append(env, kv.K+"="+kv.V)
			r.Reply(true, nil)
		case "exec":
			n := binary.BigEndian.Uint32(r.Payload)
			cmd := string(r.Payload[4 : 4+n])
			r.Reply(true, nil)
			// Unquoted by a shell, as sshd would have it done.
			path, _ := exec.Command("/bin/sh", "-c", "printf %s "+strings.TrimPrefix(cmd, "git-upload-pack ")).Output()
			p := exec.Command("git-upload-pack", root+string(path))
			p.Env = env
			p.Stdout = ch
			p.Stderr = ch.Stderr()
			in, _ := p.StdinPipe()
			p.Start()
			go func() { io.Copy(in, ch); in.Close() }()
			err := p.Wait()
			code := uint32(0)
			if err != nil {
				code = 128
			}
			b := make([]byte, 4)
			binary.BigEndian.PutUint32(b, code)
			ch.SendRequest("exit-status", false, b)
			ch.Close()
			return
		default:
			r.Reply(false, nil)
		}
	}
}
